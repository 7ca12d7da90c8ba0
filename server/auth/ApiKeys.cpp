#include "auth/ApiKeys.h"

#include "auth/KeyFile.h"
#include "auth/SecretKey.h"

#include <QCryptographicHash>

#include <algorithm>

namespace concierge::auth {

namespace {

constexpr qsizetype shortest = 16;
constexpr qsizetype longest = 512;

/// It is sent in a header.
bool isVisible(char c)
{
    return c > ' ' && c <= '~';
}

std::optional<KeyError> add(QByteArrayList &keys, const QByteArray &key, const char *setting)
{
    const QString name = QLatin1String(setting);
    if (key.size() < shortest || key.size() > longest)
        return KeyError{
            QStringLiteral("%1: a key has %2 to %3 characters, but this one has %4; make one with: "
                           "openssl rand -hex 32")
                .arg(name)
                .arg(shortest)
                .arg(longest)
                .arg(key.size())};
    if (!std::all_of(key.begin(), key.end(), isVisible))
        return KeyError{name +
                        QStringLiteral(": a key has letters, digits and signs of ASCII only, no spaces; "
                                       "make one with: openssl rand -hex 32")};
    if (!keys.contains(key))
        keys.append(key);
    return std::nullopt;
}

} // namespace

ApiKeySource::ApiKeySource(ApiKeySettings settings)
    : m_settings(std::move(settings))
{}

ApiKeySource::Loaded ApiKeySource::load()
{
    m_error.clear();
    m_tried = keyFileContent(m_settings.file, "API_KEY_FILE", m_error);
    return make();
}

std::optional<ApiKeySource::Loaded> ApiKeySource::reload()
{
    const QByteArray tried = m_tried;
    const QString error = m_error;
    auto loaded = load();
    if (m_tried == tried && m_error == error)
        return std::nullopt;
    return loaded;
}

ApiKeySource::Loaded ApiKeySource::make() const
{
    if (!m_error.isEmpty())
        return KeyError{m_error};
    QByteArrayList keys;
    if (!m_settings.key.isEmpty()) {
        if (auto error = add(keys, m_settings.key, "API_KEY"))
            return *std::move(error);
    }
    for (const QByteArray &line : m_tried.split('\n')) {
        const QByteArray key = line.trimmed();
        if (key.isEmpty())
            continue;
        if (auto error = add(keys, key, "API_KEY_FILE"))
            return *std::move(error);
    }
    if (keys.isEmpty())
        return KeyError{QStringLiteral("API_KEY_FILE: there is no key in it; it takes one a line")};
    return keys;
}

bool isApiKey(QByteArrayView given, const QByteArrayList &keys)
{
    const auto digest = [](QByteArrayView text) {
        QCryptographicHash hash(QCryptographicHash::Sha256);
        hash.addData(QByteArray::fromRawData(text.data(), text.size()));
        return hash.result();
    };
    const QByteArray mine = digest(given);
    bool isOne = false;
    for (const QByteArray &key : keys) // all of them, whichever it is
        isOne |= isEqualInConstantTime(mine, digest(key));
    return isOne;
}

} // namespace concierge::auth
