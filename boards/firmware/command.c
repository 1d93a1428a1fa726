// Commands: lines that somebody types on the console while the core runs.

#include "firmware.h"

static char line[48];
static u32 length;
/** A whole one, which nobody has taken yet. */
static u32 waits;

/** A byte of the line. Whatever is no text is not of a command. */
void command_byte(u8 byte) {
  if (waits) return;
  if (byte == '\r' || byte == '\n') {
    waits = length > 0;
    line[length] = 0;
  } else if (byte < ' ' || byte > '~' || length == sizeof(line) - 1) {
    length = 0;
  } else {
    line[length++] = (char)byte;
  }
}

/** What comes behind `word`, if the line begins with that; 0: it does not. */
static const char *behind(const char *word) {
  const char *at = line;
  while (*word && *at == *word) {
    at++;
    word++;
  }
  if (*word || (*at && *at != ' ')) return 0;
  while (*at == ' ') at++;
  return at;
}

/** The first letter of the command that waits, and the name behind it; 0: none waits. */
int command_take(const char **name) {
  if (!waits) return 0;
  waits = 0;
  length = 0;
  static const char *const words[] = {"insmod", "rmmod", "lsmod"};
  for (u32 i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
    *name = behind(words[i]);
    if (*name) return words[i][0];
  }
  print("kpi: %s: the commands are insmod NAME, rmmod NAME and lsmod\n", line);
  return 0;
}
