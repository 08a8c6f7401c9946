"""The signed battery health report: content, keys, signature, PDF.

    Assessment + Vehicle -> body -> SignedReport -> JSON and bilingual PDF
    ask -> desk (a job of the worker) -> the book

Checking a report needs none of this: see domain.reports.
"""
