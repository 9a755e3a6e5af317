#ifndef LEGATO_LOOP_H
#define LEGATO_LOOP_H

/* `legato-init --brain -- PROGRAM ARGUMENTS…`: PROGRAM decides, this process holds. Answers an exit code when it cannot
 * even begin; otherwise it ends by itself. */
int brain_main(int argc, char **argv);

/* The same after another image of this program: `--resume`, `--return` (resume.h). */
int resumed_main(int argc, char **argv);

#endif
