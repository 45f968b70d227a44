"""Commands on units 单位: register, rename, amend, merge, close."""
