const fetchPage = () => {
  fail("the page is empty", { kind: "http" });
};

export default await retry({ times: 2, wait: "1ms" }, fetchPage);
