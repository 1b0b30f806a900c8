explain LS999
