import passwd from "/etc/passwd";
