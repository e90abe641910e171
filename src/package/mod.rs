//! The vocabulary of Python packaging: names, versions, requirements, import names.
