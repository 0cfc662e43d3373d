// expect: script
%DebugPrint(1);
