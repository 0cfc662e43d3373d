const page = "docs/index.html";
print(new URL(page).href);
