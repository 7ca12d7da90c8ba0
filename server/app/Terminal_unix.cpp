#include "app/Terminal.h"

#include <QByteArray>

#include <unistd.h>

namespace concierge::app {

bool isTerminal(FILE *stream)
{
    return ::isatty(::fileno(stream)) == 1;
}

bool takesSequences(FILE *stream)
{
    return isTerminal(stream) && qgetenv("TERM") != "dumb";
}

} // namespace concierge::app
