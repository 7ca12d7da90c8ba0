#pragma once

#include <QString>

namespace concierge::store {

/// Tells a file from another one that takes its name later. 0: there is none. Where open files cannot be
/// removed or replaced (Windows), every file has the same. Cost: a system call.
quint64 fileIdentity(const QString &path);

} // namespace concierge::store
