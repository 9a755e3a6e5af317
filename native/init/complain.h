#ifndef LEGATO_COMPLAIN_H
#define LEGATO_COMPLAIN_H

/* One line on standard error, prefixed `legato-init: `; cut at 255 bytes. */
__attribute__((format(printf, 1, 2))) void complain(const char *format, ...);

#endif
