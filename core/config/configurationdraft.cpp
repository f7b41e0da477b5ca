// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/configurationdraft.h"

#include "base/userfiles.h"

#include <QCryptographicHash>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QSaveFile>

#include <algorithm>
#include <utility>

namespace retryscope {
namespace {

constexpr auto keepTime = std::chrono::milliseconds(500);

QJsonObject objectOf(const Configuration &configuration)
{
    return QJsonDocument::fromJson(toJson(configuration)).object();
}

} // namespace

ConfigurationDraft::ConfigurationDraft(QObject *parent) : QObject(parent)
{
    m_keep.setSingleShot(true);
    m_keep.setInterval(keepTime);
    connect(&m_keep, &QTimer::timeout, this, &ConfigurationDraft::keepNow);
}

ConfigurationDraft::~ConfigurationDraft()
{
    if (m_keep.isActive())
        keepNow();
}

void ConfigurationDraft::bind(Configuration *configuration) const
{
    if (m_sandbox.isValid())
        return bindToSandbox(&configuration->providers, m_sandbox);
    for (ProviderConfig &p : configuration->providers) { // as those that run already
        for (const ProviderConfig &known : m_applied.providers) {
            if (p.simulated && p.baseUrl.port() <= 0 && known.simulated && p.id == known.id)
                p.baseUrl.setPort(known.baseUrl.port());
        }
    }
}

void ConfigurationDraft::follow(ConfigurationFile *file, const Configuration &fallback)
{
    m_file = file;
    connect(file, &ConfigurationFile::changed, this, &ConfigurationDraft::onFile);
    if (file->state() == ConfigurationFile::State::Faulty)
        onFile();
    takeTheirs(file->state() == ConfigurationFile::State::Good ? file->loaded().configuration : fallback);
    emit applied(m_applied);
}

void ConfigurationDraft::onFile()
{
    using enum ConfigurationFile::State;
    switch (m_file->state()) {
    case Good:
        setProblem({});
        takeTheirs(m_file->loaded().configuration);
        emit applied(m_applied);
        break;
    case Faulty:
        setProblem({Problem::Kind::Faulty,
                    tr("%1 has an error and is not in force. %2").arg(m_file->path(), m_file->firstError()),
                    m_file->issues()});
        break;
    case Missing:
        setProblem({Problem::Kind::Removed,
                    tr("%1 was removed. What it said stays in force; Apply writes it anew.").arg(m_file->path()), {}});
        break;
    }
}

void ConfigurationDraft::setProblem(const Problem &problem)
{
    if (problem == m_problem)
        return;
    m_problem = problem;
    emit problemChanged();
}

void ConfigurationDraft::takeTheirs(Configuration theirs)
{
    bind(&theirs);
    if (!isChanged()) {
        m_applied = m_draft = theirs;
        update();
        return;
    }
    ConfigurationMerge merge = mergeConfigurations(m_applied, m_draft, theirs);
    m_applied = theirs;
    m_draft = merge.merged;
    bind(&m_draft);
    for (const ConfigurationConflict &older : std::as_const(m_conflicts)) { // not decided yet, and not overtaken
        if (std::none_of(merge.conflicts.begin(), merge.conflicts.end(),
                         [&](const ConfigurationConflict &c) { return c.path == older.path; }))
            merge.conflicts.append(older);
    }
    m_conflicts = merge.conflicts;
    update();
    if (!merge.taken.isEmpty() || !m_conflicts.isEmpty())
        emit merged(int(merge.taken.size()), int(m_conflicts.size()));
}

void ConfigurationDraft::update()
{
    m_changes = changesBetween(m_applied, m_draft);
    for (ConfigurationConflict &c : m_conflicts) { // either side may have moved on
        c.mine = valueAt(m_draft, c.path);
        c.theirs = valueAt(m_applied, c.path);
    }
    m_conflicts.removeIf([](const ConfigurationConflict &c) { return c.mine == c.theirs; });
    if (!m_keepPath.isEmpty())
        m_keep.start();
    emit changed();
}

void ConfigurationDraft::setDraft(const Configuration &draft)
{
    m_draft = draft;
    bind(&m_draft);
    update();
}

void ConfigurationDraft::setInForce(const Configuration &configuration)
{
    if (!(configuration == m_applied))
        takeTheirs(configuration);
}

void ConfigurationDraft::decide(const QSet<ConfigurationPath> &takeTheirs)
{
    const ConfigurationConflicts conflicts = std::exchange(m_conflicts, {});
    for (const ConfigurationConflict &c : conflicts) {
        if (takeTheirs.contains(c.path))
            m_draft = withValue(m_draft, c.path, c.theirs);
    }
    bind(&m_draft);
    update();
}

ConfigurationDraft::Outcome ConfigurationDraft::apply()
{
    if (!m_conflicts.isEmpty())
        return Outcome::Undecided;
    if (hasErrors(validate(m_draft)))
        return Outcome::Invalid;
    if (m_file) {
        const auto saved = m_file->save(m_draft);
        if (!saved && saved.error().kind == ConfigurationFile::SaveError::Kind::Changed) {
            onFile();
            setProblem(
                {Problem::Kind::NotSaved,
                 tr("%1 Its change is in force and merged into your draft: look at the changes below and apply again.")
                     .arg(saved.error().sentence),
                 {}});
            return m_conflicts.isEmpty() ? Outcome::Refused : Outcome::Undecided;
        }
        if (!saved && saved.error().kind == ConfigurationFile::SaveError::Kind::Faulty) {
            setProblem({Problem::Kind::Faulty, saved.error().sentence, m_file->issues()});
            return Outcome::Refused;
        }
        setProblem(saved ? Problem{}
                         : Problem{Problem::Kind::NotSaved,
                                   tr("%1 The change is in force until you quit.").arg(saved.error().sentence), {}});
    }
    m_applied = m_draft;
    update();
    emit applied(m_applied);
    return Outcome::Applied;
}

QString ConfigurationDraft::defaultKeepPath(const QString &configurationFile)
{
    const QString folder = userDataFolder();
    if (folder.isEmpty())
        return {};
    const QByteArray name =
        QCryptographicHash::hash(QFileInfo(configurationFile).absoluteFilePath().toUtf8(), QCryptographicHash::Sha1)
            .toHex()
            .left(12);
    return folder + QStringLiteral("/draft-%1.json").arg(QString::fromLatin1(name));
}

bool ConfigurationDraft::keepIn(const QString &path)
{
    m_keepPath = path;
    const auto bytes = readSmallFile(path, 2 * maxConfigurationSize);
    if (!bytes)
        return false;
    const QJsonObject kept = QJsonDocument::fromJson(*bytes).object();
    const QJsonValue base = kept[QLatin1String("base")], draft = kept[QLatin1String("draft")];
    m_kept = true;
    if (!base.isObject() || !draft.isObject())
        return false;
    // What was in force then is the common ground of the draft and of what is in force now.
    const Configuration now = std::exchange(m_applied, uncheckedConfiguration(base.toObject()));
    m_draft = uncheckedConfiguration(draft.toObject());
    m_changes = changesBetween(m_applied, m_draft);
    takeTheirs(now);
    return isChanged();
}

void ConfigurationDraft::keepNow()
{
    m_keep.stop();
    if (m_keepPath.isEmpty())
        return;
    if (!isChanged()) {
        if (std::exchange(m_kept, false))
            QFile::remove(m_keepPath);
        return;
    }
    makePrivateFolder(QFileInfo(m_keepPath).absolutePath()); // where it cannot be made, the file says so
    QSaveFile file(m_keepPath);
    const QByteArray bytes = QJsonDocument(QJsonObject{{QStringLiteral("base"), objectOf(m_applied)},
                                                       {QStringLiteral("draft"), objectOf(m_draft)}})
                                 .toJson();
    if (file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size() && file.commit())
        m_kept = true;
}

} // namespace retryscope
