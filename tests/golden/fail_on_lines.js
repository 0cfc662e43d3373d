fail("the answer has 3 faults:\n- no title\n- no year\n- no author");
