// Much output arrives whole and in order.
for (let i = 1; i <= 20000; i++) print(i);
