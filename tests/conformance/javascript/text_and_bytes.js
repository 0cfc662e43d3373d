const bytes = new TextEncoder().encode("é€");
const decoder = new TextDecoder();
const parts = [decoder.decode(bytes.subarray(0, 3), { stream: true }), decoder.decode(bytes.subarray(3))];
export default { size: bytes.length, parts, base64: [btoa("hi"), atob("aGk=")], latin: new TextDecoder("latin1").decode(new Uint8Array([228])) };
