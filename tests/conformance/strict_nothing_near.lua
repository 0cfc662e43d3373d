return xylophone -- HERE
