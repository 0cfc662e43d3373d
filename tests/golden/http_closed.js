print((await Http.get("http://127.0.0.1:1/")).text);
