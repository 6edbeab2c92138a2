"""How each family of operators compares one value of a policy with one value of a request.

A ``Comparison`` makes the policy's value ready once; what it returns judges a request's value. It
returns None for a value that the family cannot read (``10.0.0.0/40``): nothing ever matches it.
"""
