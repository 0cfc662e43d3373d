Log.warning("the disk is full");
