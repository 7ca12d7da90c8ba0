#include "app/Terminal.h"

#include <io.h>
#include <windows.h>

namespace concierge::app {

bool isTerminal(FILE *stream)
{
    return ::_isatty(::_fileno(stream)) != 0;
}

bool takesSequences(FILE *stream)
{
    const auto handle = reinterpret_cast<HANDLE>(::_get_osfhandle(::_fileno(stream)));
    DWORD mode = 0;
    return isTerminal(stream) && ::GetConsoleMode(handle, &mode) != 0 &&
           ::SetConsoleMode(handle, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING) != 0;
}

} // namespace concierge::app
