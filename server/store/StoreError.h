#pragma once

#include <QString>

namespace concierge::store {

/// Why the store cannot be used, for the operator.
struct StoreError
{
    QString line; ///< what is wrong and what to do, never with a line break
};

/// `DATA_DIR: cannot use /path: why`
inline StoreError cannotUse(const QString &folder, const QString &why)
{
    return {QStringLiteral("DATA_DIR: cannot use ") + folder + QStringLiteral(": ") + why};
}

} // namespace concierge::store
