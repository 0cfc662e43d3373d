throw 404;
