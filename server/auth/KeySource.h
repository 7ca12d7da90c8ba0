#pragma once

#include "auth/Verifier.h"

#include <memory>

namespace concierge::auth {

/// Where the keys are; what is empty is not used. All that are named are good at the same time.
struct KeySettings
{
    QByteArray secret;
    QString secretFile;
    QByteArray publicKey;
    QString publicKeyFile;

    bool isEmpty() const
    {
        return secret.isEmpty() && secretFile.isEmpty() && publicKey.isEmpty() && publicKeyFile.isEmpty();
    }
};

/// Reads keys, and reads those in files anew. Thread: one; reads files.
class KeySource
{
public:
    KeySource(KeySettings settings, TokenRules rules);

    using Loaded = Result<std::shared_ptr<const Verifier>, KeyError>;
    /// Errors name the setting, what was wrong with it and what would be right, in one line.
    Loaded load();
    /// As load(), where a file does not hold what it held when that was tried last; else nothing.
    std::optional<Loaded> reload();
    bool hasFiles() const { return !m_settings.secretFile.isEmpty() || !m_settings.publicKeyFile.isEmpty(); }

private:
    struct Files // what they hold, or why they cannot be read
    {
        QByteArray secrets;
        QByteArray publicKeys;
        QString error;
        friend bool operator==(const Files &, const Files &) = default;
    };
    Files readFiles() const;
    Loaded make(const Files &files) const;

    const KeySettings m_settings;
    const TokenRules m_rules;
    bool m_isWeak = false; // the first keys had one that is
    Files m_tried;
};

} // namespace concierge::auth
