"""The door for terminals that speak GB/T 32960: TCP in, the same rows and events as any device.

    server -> sessions -> moments -> intake -> batcher -> store (one transaction) -> answers
    asyncio   who may     pages of    rows,     as for     ledger, rows, events      after the
              speak       one tick    episodes  MQTT                                 commit

Refuses SQL (store), another sign than ours in the store, and positions: they are not stored.
"""
