#pragma once

#include "auth/Key.h"
#include "shared/Result.h"

#include <QByteArray>
#include <QByteArrayList>
#include <QString>

#include <optional>

namespace concierge::auth {

/// Where the keys of the platform's back end are; what is empty is not used.
struct ApiKeySettings
{
    QByteArray key;
    QString file; ///< one key a line

    bool isEmpty() const { return key.isEmpty() && file.isEmpty(); }
};

/// Reads the keys that the platform's back end and this server share, and reads those in the file anew. All
/// of them are good at the same time, so that they can be changed one side after the other. Thread: one;
/// reads a file.
class ApiKeySource
{
public:
    explicit ApiKeySource(ApiKeySettings settings);

    using Loaded = Result<QByteArrayList, KeyError>;
    /// At least one; API_KEY first. Errors name the setting, never a key.
    Loaded load();
    /// As load(), where the file does not hold what it held when that was tried last; else nothing.
    std::optional<Loaded> reload();
    bool hasFile() const { return !m_settings.file.isEmpty(); }

private:
    Loaded make() const;

    const ApiKeySettings m_settings;
    QByteArray m_tried;
    QString m_error; // why the file could not be read
};

/// Shorter ones are refused, and below this warned of.
inline constexpr qsizetype apiKeyGoodLength = 32;

/// Whether `given` is one of `keys`, in a time that says nothing of them. Thread: any.
bool isApiKey(QByteArrayView given, const QByteArrayList &keys);

} // namespace concierge::auth
