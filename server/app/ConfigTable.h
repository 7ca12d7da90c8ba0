#pragma once

#include "app/Config.h"

#include <span>

namespace concierge::app {

/// Stores `text` into the configuration, or says in a few words what the setting takes.
using ApplySetting = std::optional<QString> (*)(Config &config, const QString &text);

/// One row a setting. `--help`, `--print-config`, the README's table and resources/env.example come from
/// these.
struct Setting
{
    const char *name;
    const char *defaultText;
    const char *takes; ///< range or allowed values, for a human
    const char *help;
    const char *topic;
    ApplySetting apply;
    bool isSecret = false;
};

std::span<const Setting> settings();
/// "error", "warn", "info" or "debug", in any case.
std::optional<LogLevel> logLevelOf(const QString &name);
/// PORT → --port, DATA_DIR → --data-dir.
QString flagOf(const Setting &setting);
/// What may be shown of a value.
QString masked(const Setting &setting, const QString &text);

} // namespace concierge::app
