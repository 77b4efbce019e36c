"""`python -m infrastructure.cli` is `contact-merging`."""

from infrastructure.cli import main

if __name__ == "__main__":
    main()
