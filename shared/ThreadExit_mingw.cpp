// MinGW only. At a thread's end, winpthread calls the destructors of its keys in the order in which they were
// made. GCC keeps a thread's `thread_local` objects in memory that one such key frees, and runs their
// destructors by another, which it makes at the first object that has one: later, and so on memory that is
// freed already (GCC bug 83562). Qt has such objects (a QRegularExpression's stack, which every QDir with
// name filters uses), and the program crashed where a thread ended that had made one. A destructor of ours,
// before there is any `thread_local` object, puts them in order.

extern "C" int __cxa_thread_atexit(void (*destroy)(void *), void *object, void *module);
extern "C" char __ImageBase;

namespace {

[[maybe_unused]] const int registered = __cxa_thread_atexit([](void *) {}, nullptr, &__ImageBase);

} // namespace
