"""The words and rules of the cloud side: frozen values, pure functions, small protocols.

Refuses SQL, HTTP, MQTT, files and clocks: time is always an argument.
"""
