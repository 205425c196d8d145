//! From texts to a policy: read, name, check, sort.

use super::engine::Engine;
use super::error::{Fault, PolicyError, Source};
use super::{Policy, RuleInfo, check, schema};
use crate::{MaskForm, Matrix};
use cedar_policy::{Effect, Policy as CedarPolicy, PolicyId, PolicySet, ValidationMode, Validator};
use miette::Diagnostic;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

impl Policy {
    /// The longest Cedar text of one file, in bytes.
    pub const MAX_FILE: usize = 256 * 1024;
    /// At most so many files.
    pub const MAX_FILES: usize = 64;

    /// Compiles a matrix and the Cedar files beside it, each with its name.
    ///
    /// # Errors
    /// [`PolicyError::Matrix`] when the matrix is unsound; [`PolicyError::Files`] with every fault
    /// of the first stage that fails: texts that don't parse, templates, names that don't exist,
    /// ids given twice, types that disagree with the schema.
    pub fn compile<N: AsRef<str>, T: AsRef<str>>(
        version: u64,
        matrix: &Matrix,
        extra: &[(N, T)],
    ) -> Result<Self, PolicyError> {
        matrix.check()?;
        let text = matrix.to_cedar();
        let sources = sources(&text, extra)?;
        let validator = schema::validator()?;

        let read = stage(&sources, |source| read(matrix, source))?;
        let mut rules = BTreeMap::new();
        let mut set = PolicySet::new();
        let mut places = Places::default();
        for (source, policies) in sources.iter().zip(read) {
            for (rule, offset) in policies {
                let id = rule.id().to_string();
                places.0.insert(id.clone(), (*source, offset));
                rules.insert(id, info(source, &rule));
                set.add(rule).map_err(|e| PolicyError::Broken(e.to_string()))?;
            }
        }
        let warnings = validate(validator, &set, &places)?;
        let masks = rules.iter().map(|(id, info)| (PolicyId::new(id), info.mask));
        let engine = Engine::new(matrix, &set, masks.collect())
            .ok_or_else(|| PolicyError::Broken("a name doesn't parse".to_owned()))?;
        Ok(Self {
            version,
            digest: digest(matrix, &schema::text(), &sources),
            named: matrix.named_categories().map(|(category, _)| category).collect(),
            matrix: matrix.clone(),
            rules,
            warnings,
            engine,
        })
    }
}

/// The matrix's text and the files, in the order of their names, each name once.
fn sources<'a, N: AsRef<str>, T: AsRef<str>>(
    matrix: &'a str,
    extra: &'a [(N, T)],
) -> Result<Vec<Source<'a>>, PolicyError> {
    let mut files: Vec<Source<'a>> = extra
        .iter()
        .map(|(name, text)| Source { name: name.as_ref(), text: text.as_ref(), by_hand: true })
        .collect();
    files.sort_by_key(|source| source.name);
    let mut faults = Vec::new();
    let mut fault = |source: &Source<'_>, message: &str, help: String| {
        faults.push(Fault::new(source, 0, message.to_owned(), Some(help)));
    };
    for (at, source) in files.iter().enumerate() {
        if source.text.len() > Policy::MAX_FILE {
            fault(source, "too long", format!("at most {} bytes a file", Policy::MAX_FILE));
        }
        if at == Policy::MAX_FILES {
            fault(source, "too many files", format!("at most {}", Policy::MAX_FILES));
        }
        if files.get(at + 1).is_some_and(|next| next.name == source.name) {
            fault(source, "two files have this name", "rename one".to_owned());
        }
    }
    faults.extend(files.iter().filter_map(|source| check::file_name(source).err()));
    if !faults.is_empty() {
        return Err(PolicyError::Files(faults));
    }
    files.insert(0, Source { name: "matrix", text: matrix, by_hand: false });
    Ok(files)
}

/// Does one thing with every source, and gives all faults together or all results.
fn stage<T>(
    sources: &[Source<'_>],
    mut work: impl FnMut(&Source<'_>) -> Result<T, Vec<Fault>>,
) -> Result<Vec<T>, PolicyError> {
    let mut faults = Vec::new();
    let mut done = Vec::new();
    for source in sources {
        match work(source) {
            Ok(result) => done.push(result),
            Err(found) => faults.extend(found),
        }
    }
    if faults.is_empty() { Ok(done) } else { Err(PolicyError::Files(faults)) }
}

/// The policies of one text under their final ids, each with the offset where it begins.
fn read(matrix: &Matrix, source: &Source<'_>) -> Result<Vec<(CedarPolicy, usize)>, Vec<Fault>> {
    let set: PolicySet = source.text.parse().map_err(|errors: cedar_policy::ParseErrors| {
        errors.iter().map(|error| Fault::at(source, error, 0)).collect::<Vec<_>>()
    })?;
    let mut faults = Vec::new();
    if let Some(template) = set.templates().next() {
        let message = format!("`{}` is a template", template.id());
        let help = "write the role or category in place of the ?slot".to_owned();
        faults.push(Fault::new(source, 0, message, Some(help)));
    }
    let policies = in_order(source, &set);
    let mut named: BTreeMap<String, CedarPolicy> = BTreeMap::new();
    let mut out = Vec::new();
    for (at, (policy, offset)) in policies.into_iter().enumerate() {
        let mut fault = |message: String, help: String| {
            faults.push(Fault::new(source, offset, message, Some(help)));
        };
        for (message, help) in check::names(matrix, &policy) {
            fault(message, help);
        }
        let own = policy.annotation("id");
        if own.is_some_and(|id| id.is_empty() || id.len() > 128 || id.contains(char::is_control)) {
            fault("not an id".to_owned(), "use 1 to 128 printable bytes".to_owned());
        }
        let id = match (source.by_hand, own) {
            (false, Some(id)) => id.to_owned(),
            (_, Some(id)) => format!("{}#{id}", source.name),
            (_, None) => format!("{}#{}", source.name, at + 1),
        };
        let policy = policy.new_id(PolicyId::new(&id));
        if named.insert(id, policy.clone()).is_some() {
            fault("this id is given twice".to_owned(), "give each policy its own @id".to_owned());
        }
        out.push((policy, offset));
    }
    if faults.is_empty() { Ok(out) } else { Err(faults) }
}

/// The policies of a file in the order in which they stand there, each with the offset where it
/// begins. The engine numbers them as it reads (`policy0`, `policy1`) and keeps each one's own text.
fn in_order(source: &Source<'_>, set: &PolicySet) -> Vec<(CedarPolicy, usize)> {
    let number = |policy: &CedarPolicy| {
        let id = policy.id().to_string();
        id.trim_start_matches("policy").parse::<usize>().unwrap_or(usize::MAX)
    };
    let mut policies: Vec<CedarPolicy> = set.policies().cloned().collect();
    policies.sort_by_key(number);
    let mut read = 0;
    let placed = policies.into_iter().map(|policy| {
        let text = policy.to_string();
        let ahead = source.text.get(read..).unwrap_or_default();
        let begins = ahead.find(text.trim()).map_or(read, |at| read + at);
        read = begins + text.trim().len();
        (policy, begins)
    });
    placed.collect()
}

fn info(source: &Source<'_>, policy: &CedarPolicy) -> RuleInfo {
    RuleInfo {
        file: source.by_hand.then(|| source.name.to_owned()),
        forbids: policy.effect() == Effect::Forbid,
        text: policy.to_string(),
        mask: policy.annotation("mask").and_then(MaskForm::from_name).unwrap_or_default(),
        conditional: policy.has_non_scope_constraint(),
    }
}

/// Where each policy stands.
#[derive(Default)]
struct Places<'a>(BTreeMap<String, (Source<'a>, usize)>);

impl Places<'_> {
    fn fault(&self, id: &PolicyId, error: &dyn Diagnostic) -> Fault {
        let nowhere = (Source { name: "matrix", text: "", by_hand: false }, 0);
        let (source, offset) = self.0.get(&id.to_string()).unwrap_or(&nowhere);
        Fault::at(source, error, *offset)
    }
}

/// Checks types against the schema; gives what is odd, or every error.
fn validate(
    validator: &Validator,
    set: &PolicySet,
    places: &Places<'_>,
) -> Result<Vec<Fault>, PolicyError> {
    let result = validator.validate(set, ValidationMode::Strict);
    let errors = result.validation_errors();
    let faults: Vec<Fault> = errors.map(|error| places.fault(error.policy_id(), error)).collect();
    if faults.is_empty() {
        let warnings = result.validation_warnings();
        let odd = warnings.map(|warning| places.fault(warning.policy_id(), warning));
        return Ok(in_reading_order(odd.collect()));
    }
    Err(PolicyError::Files(in_reading_order(faults)))
}

/// By file and place, each once: the same fault is found for each kind of resource.
fn in_reading_order(mut faults: Vec<Fault>) -> Vec<Fault> {
    faults.sort_by(|a, b| {
        let key = |fault: &Fault| (fault.file.clone(), fault.line, fault.column);
        key(a).cmp(&key(b)).then_with(|| a.message.cmp(&b.message))
    });
    faults.dedup();
    faults
}

fn digest(matrix: &Matrix, schema: &str, sources: &[Source<'_>]) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut put = |part: &str| {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    };
    put("riserbo policy 1");
    put(schema);
    for (category, name) in matrix.named_categories() {
        put(&format!("category {}={name}", category.id()));
    }
    for tag in &matrix.tags {
        put(&format!("tag {tag}"));
    }
    for source in sources {
        put(source.name);
        put(source.text);
    }
    hash.finalize().into()
}
