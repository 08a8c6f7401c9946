"""What an assessment says about a battery, as words and figures in both languages.

One telling for the owner's page, the report, its printed pages and the verify page, so that they
cannot disagree. Answers come as mappings, from an assessment or from a signed report: with `value`,
or with `reason` (a report says `silent`) and `missing`. Nothing is computed here but formats.
"""
