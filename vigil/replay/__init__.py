"""Replay: a recording goes through an outbox and MQTT as a device would send it, as history.

    mapping -> table -> checks -> values -> batches -> register -> send -> account

Refuses to know any recording: what columns mean stands in vigil/replay/mappings, which users
extend.
"""
