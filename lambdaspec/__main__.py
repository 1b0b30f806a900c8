"""`python -m lambdaspec`: the command line."""

from lambdaspec.cli import main

if __name__ == "__main__":
    main()
