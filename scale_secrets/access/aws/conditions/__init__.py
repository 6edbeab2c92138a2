"""The ``Condition`` element: its operators, its words and its three-valued evaluation.

A new operator is one line of a family's file (strings, numbers, dates, …) in ``operators``.
"""
