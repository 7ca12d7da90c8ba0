// MinGW only. At a thread's end, winpthread calls the destructors of its keys in the order in which they were
// made. GCC keeps a thread's `thread_local` objects in memory that one such key frees, and runs their
// destructors by another, which it makes at the first object that has one: later, and so on memory that is
// freed already (GCC bug 83562). Qt has such objects (a QRegularExpression's stack, which every QDir with
// name filters uses), and the program crashed where a thread ended that had made one. A destructor of ours,
// before there is any `thread_local` object, puts them in order.

#include <windows.h>

namespace {

/// In libstdc++'s DLL, which is Qt's too: MinGW's own runtime has a function of that name, with a list of its
/// own.
int registerFirst()
{
    using Function = int (*)(void (*)(void *), void *, void *);
    const HMODULE library = ::GetModuleHandleW(L"libstdc++-6.dll");
    if (!library)
        return 0;
    const auto add = reinterpret_cast<Function>(
        reinterpret_cast<void *>(::GetProcAddress(library, "__cxa_thread_atexit")));
    return add ? add([](void *) {}, nullptr, ::GetModuleHandleW(nullptr)) : 0;
}

[[maybe_unused]] const int registered = registerFirst();

} // namespace
