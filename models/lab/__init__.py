"""The laboratory: estimators held against published results, and the scores they are held with.

Nothing here touches a car's data; the field estimators live in models/battery.
"""
