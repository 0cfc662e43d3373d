-- expect: script
error("bytes \xff\xfe\xed\xa0\x80 that are no text")
