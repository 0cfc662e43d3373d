const mail = await Secrets.get("mail");
export default (await Http.get("https://api.mail.example/", { auth: mail })).status;
