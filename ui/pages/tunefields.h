// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/retryfields.h"
#include "policy/retryconfig.h"
#include "theme/theme.h"

#include <QScrollArea>

class QLabel;
class QToolButton;

namespace retryscope {

class ValueEdit;

/// One field of RetryConfig: its editor and, below it, what it was, what was understood, and what is wrong with it.
class FieldRow : public QWidget
{
    Q_OBJECT
public:
    FieldRow(const RetryConfigField &field, const Theme &theme, QWidget *parent = nullptr);
    const RetryConfigField &field() const { return m_field; }
    QWidget *editor() const { return m_editor; }
    /// `issue` of this field, empty for none.
    void show(double draft, double inForce, const ConfigIssue &issue);
    /// Drops what was typed and could not be read.
    void reset();
    /// What stands in the editor is a value.
    bool isReadable() const;
    bool matches(const QString &word) const;

signals:
    void edited(double value);
    void editingFinished();
    void revertRequested();
    void readingChanged();

private:
    QWidget *makeEditor();
    void tell();

    const RetryConfigField &m_field;
    const Theme &m_theme;
    QWidget *m_editor = nullptr;
    ValueEdit *m_value = nullptr; ///< the editor, where it takes text
    QLabel *m_label, *m_was, *m_message;
    QToolButton *m_revert;
    ConfigIssue m_issue;
    double m_draft = 0.0, m_inForce = 0.0;
    bool m_showing = false;
};

/// Every field in its group, with a filter.
class TuneFields : public QScrollArea
{
    Q_OBJECT
public:
    explicit TuneFields(const Theme &theme, QWidget *parent = nullptr);
    void show(const RetryConfig &draft, const RetryConfig &inForce, const ConfigIssues &issues);
    void reset();
    bool areReadable() const;
    /// Only fields with all of these words in their name, key, group or help; empty shows all. Returns how many are shown.
    int setFilter(const QString &words);
    /// Scrolls to the field and gives it the keyboard.
    void reveal(const RetryConfigField &field);

signals:
    void edited(const retryscope::RetryConfigField &field, double value);
    void editingFinished();
    void revertRequested(const retryscope::RetryConfigField &field);
    void readingChanged();

private:
    struct Group { QWidget *card; QVector<FieldRow *> rows; };
    QVector<Group> m_groups;
    QLabel *m_none;
};

} // namespace retryscope
