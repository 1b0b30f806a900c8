"""Reading other people's formats: each importer turns a document into an `Architecture`."""
