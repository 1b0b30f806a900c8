explain LS102
