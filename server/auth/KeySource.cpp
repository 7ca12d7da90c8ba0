#include "auth/KeySource.h"

#include "auth/KeyFile.h"

#include <iterator>

namespace concierge::auth {

namespace {

/// Adds the keys, or yields the error.
std::optional<KeyError> append(KeyList &keys, ReadKeys read, const QString &where)
{
    if (!read)
        return KeyError{where + QStringLiteral(": ") + read.error().text};
    KeyList more = std::move(read).value();
    std::move(more.begin(), more.end(), std::back_inserter(keys));
    return std::nullopt;
}

} // namespace

KeySource::KeySource(KeySettings settings, TokenRules rules)
    : m_settings(std::move(settings))
    , m_rules(std::move(rules))
{}

KeySource::Files KeySource::readFiles() const
{
    Files files;
    files.secrets = keyFileContent(m_settings.secretFile, "JWT_SECRET_FILE", files.error);
    // The line's end, which editors and `echo` leave behind, is not the secret's.
    if (files.secrets.endsWith('\n'))
        files.secrets.chop(files.secrets.endsWith("\r\n") ? 2 : 1);
    files.publicKeys = keyFileContent(m_settings.publicKeyFile, "JWT_PUBLIC_KEY_FILE", files.error);
    return files;
}

KeySource::Loaded KeySource::load()
{
    m_tried = readFiles();
    auto loaded = make(m_tried);
    m_isWeak = loaded && (*loaded)->hasWeakKey();
    return loaded;
}

std::optional<KeySource::Loaded> KeySource::reload()
{
    Files files = readFiles();
    if (files == m_tried)
        return std::nullopt;
    m_tried = std::move(files);
    auto loaded = make(m_tried);
    if (loaded && (*loaded)->hasWeakKey() && !m_isWeak)
        return KeyError{QStringLiteral(
            "JWT_SECRET_FILE: the secret was 32 bytes or more, and now one is shorter: it looks "
            "as if the file were damaged, or half written")};
    return loaded;
}

KeySource::Loaded KeySource::make(const Files &files) const
{
    if (!files.error.isEmpty())
        return KeyError{files.error};
    KeyList keys;
    std::optional<KeyError> error;
    if (!m_settings.secret.isEmpty())
        error = append(keys, readSecrets(m_settings.secret), QStringLiteral("JWT_SECRET"));
    if (!error && !m_settings.secretFile.isEmpty())
        error = append(keys, readSecrets(files.secrets), QStringLiteral("JWT_SECRET_FILE"));
    if (!error && !m_settings.publicKey.isEmpty())
        error = append(keys, readPublicKeys(m_settings.publicKey), QStringLiteral("JWT_PUBLIC_KEY"));
    if (!error && !m_settings.publicKeyFile.isEmpty())
        error = append(keys, readPublicKeys(files.publicKeys), QStringLiteral("JWT_PUBLIC_KEY_FILE"));
    if (error)
        return *error;
    return std::make_shared<const Verifier>(m_rules, std::move(keys));
}

} // namespace concierge::auth
