explore --help
