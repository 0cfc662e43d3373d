// expect: timeout or script
// limits: turn=0.1
const down = () => { try { down(); } finally { down(); } };
down();
