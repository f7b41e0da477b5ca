// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/configissue.h"
#include "config/provideredits.h"
#include "protocols/modellist.h"
#include "theme/theme.h"

#include <QHash>
#include <QWidget>

class QComboBox;
class QLabel;
class QToolButton;

namespace retryscope {

class KeyEditor;

/// One field of a provider: its name, its editor, what it is for, and what is wrong with it.
class ProviderFieldRow : public QWidget
{
    Q_OBJECT
public:
    ProviderFieldRow(const ProviderField &field, const Theme &theme, QWidget *parent = nullptr);
    const ProviderField &field() const { return m_field; }
    QWidget *editor() const { return m_editor; }
    QString text() const;
    /// `text`: the value of `provider`, or what was written and could not be taken. Does not touch what is being typed while it
    /// means the same. `issue`: empty for none.
    void show(const ProviderConfig &provider, const QString &text, const ConfigIssue &issue);
    /// What is offered beside what can be typed; only where choices make sense.
    void setChoices(const QStringList &texts, const QStringList &notes);

signals:
    void edited();
    void editingFinished();

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    QWidget *makeEditor();
    void write(const QString &text);
    bool isBeingTyped(const ProviderConfig &provider, const QString &shown) const;

    const ProviderField &m_field;
    const Theme &m_theme;
    QWidget *m_editor = nullptr;
    QComboBox *m_choices = nullptr; ///< the editor, where there are choices
    QLabel *m_label, *m_help, *m_message;
    QString m_shown; ///< last, whatever was typed since
    ProviderId m_id; ///< whose value that was
    bool m_showing = false;
};

/// Every field of one provider, made from the table of fields: what says which it is first, the rest folded.
class ProviderFieldsPanel : public QWidget
{
    Q_OBJECT
public:
    explicit ProviderFieldsPanel(const Theme &theme, QWidget *parent = nullptr);
    /// `issues` of this provider, by the key of their field. `unread`: texts that could not be taken, with why.
    struct Unread
    {
        QString text, why;
    };
    void show(const ProviderConfig &provider, const QHash<QString, ConfigIssue> &issues,
              const QHash<QString, Unread> &unread);
    /// What the server said that it serves; offered beside what is known from the price data.
    void setServedModels(const ModelList &models);
    void reveal(const QString &key);
    KeyEditor *keyEditor() const { return m_keys; }

signals:
    void edited(const retryscope::ProviderField &field, const QString &text);
    void editingFinished(const retryscope::ProviderField &field, const QString &text);

private:
    void offerModels();
    void offerKeys();
    void unfold(bool open);

    const Theme &m_theme;
    QVector<ProviderFieldRow *> m_rows;
    QWidget *m_more;
    QToolButton *m_fold;
    KeyEditor *m_keys; ///< stands below the field key
    ProviderConfig m_provider;
    QStringList m_served;
};

/// "Base URL" for base_url.
QString providerFieldLabel(const QString &key);

} // namespace retryscope
