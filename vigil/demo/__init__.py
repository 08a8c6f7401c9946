"""The demo: registered cars with owners and two centres, their history, and their life from now on.

story     seed, span and truth of the demo, fixed at its first start, kept in the data folder
garage    tenant, centres, vehicles, devices, bindings
past      history through the device's own outbox and MQTT, origin import
road      live cars: read over CAN by the gateway agent, or reporting themselves
service   what the supervisor runs: `cars` (the first two) and `fleet` (the rest)
"""
