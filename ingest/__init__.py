"""The door of the cloud: takes messages from the broker, judges them, commits them, says so.

    subscriber -> intake -> batcher -> store -> PUBACK -> receipts

Refuses SQL (store), judgements about cars (models) and shifting of any time.
"""
