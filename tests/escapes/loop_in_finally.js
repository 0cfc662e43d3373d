// expect: timeout or script
const down = () => { try { down(); } finally { down(); } };
down();
