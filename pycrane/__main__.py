"""`python -m pycrane` is the program."""

from pycrane._cli.main import main

if __name__ == "__main__":
    main()
