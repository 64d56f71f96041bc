# Browser: a real browser, driven over the WebDriver protocol: Debian's chromium and chromedriver.
#
#     my $browser = Browser->start($directory) or plan skip_all => Browser::lacks();
#     $browser->open("file:///...");  $browser->size(360, 800);  $browser->media('dark');
#     my $value = $browser->script('return document.title');
#     my @urls = $browser->requests;  my @lines = $browser->console;
#
# What it writes is below the directory. It ends with the object.
package Browser;

use strict;
use warnings;

use HTTP::Tiny;
use IO::Socket::INET;
use JSON::PP ();
use MIME::Base64 ();
use POSIX ();
use Time::HiRes ();

my $json = JSON::PP->new->utf8->canonical;

sub program { my ($name) = @_; return (grep { -x } map { "$_/$name" } split(/:/, "$ENV{PATH}:/usr/bin:/usr/lib/chromium"))[0]; }

# lacks(): what is missing, in words; nothing if all is there.
sub lacks
{
	my @missing = grep { !program($_) } qw(chromium chromedriver);
	return @missing ? join(' and ', @missing) . ' not found; see PERFKIT_TEST_BROWSER in test/dependencies' : undef;
}

sub start
{
	my ($class, $directory, %preferences) = @_;
	my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1) or die "no socket: $!";
	my $port = $socket->sockport;
	close($socket);
	my $self = bless { url => "http://127.0.0.1:$port", http => HTTP::Tiny->new(timeout => 120) }, $class;

	$self->{pid} = fork() // die "fork: $!";
	if (!$self->{pid})
	{
		# not those that stop the servers of the test
		$SIG{$_} = 'DEFAULT' foreach qw(INT TERM HUP);
		POSIX::setpgid(0, 0);
		@ENV{qw(HOME XDG_CONFIG_HOME XDG_CACHE_HOME TMPDIR)} = ($directory) x 4;
		open(STDOUT, '>', "$directory/chromedriver.log");
		open(STDERR, '>&', \*STDOUT);
		exec(program('chromedriver'), "--port=$port") or POSIX::_exit(127);
	}
	foreach (1 .. 300)
	{
		last if ($self->{http}->get("$self->{url}/status")->{success});
		Time::HiRes::sleep(0.1);
	}
	# The sandbox needs namespaces that a container may not have. Only pages of our own are opened.
	my $wanted = { capabilities => { alwaysMatch => {
		'goog:loggingPrefs' => { browser => 'ALL', performance => 'ALL' },
		'goog:chromeOptions' => { binary => program('chromium'), prefs => \%preferences,
			args => [ qw(--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --disable-extensions
				  --disable-background-networking --disable-component-update), "--user-data-dir=$directory/profile" ] } } } };
	# On a busy machine the browser may not come up at once.
	my $answer = eval { $self->call(POST => '/session', $wanted) } // eval { sleep(5); $self->call(POST => '/session', $wanted) }
	  // $self->call(POST => '/session', $wanted);
	$self->{session} = "/session/$answer->{sessionId}";
	return $self;
}

# call(METHOD, PATH, DATA): the answer's value. Dies with the browser's message.
sub call
{
	my ($self, $method, $path, $data) = @_;
	my $answer = $self->{http}->request($method, $self->{url} . $path,
		$data ? { content => $json->encode($data), headers => { 'Content-Type' => 'application/json' } } : {});
	my $value = eval { $json->decode($answer->{content})->{value} };
	die "$method $path: $answer->{status} " . (ref $value ? $value->{message} : $answer->{content}) unless $answer->{success};
	return $value;
}

sub ask { my ($self, $method, $path, $data) = @_; return $self->call($method, $self->{session} . $path, $data); }

sub open { my ($self, $url) = @_; return $self->ask(POST => '/url', { url => $url }); }

sub script { my ($self, $text, @arguments) = @_; return $self->ask(POST => '/execute/sync', { script => $text, args => \@arguments }); }

# devtools(COMMAND, PARAMETERS): one of Chromium's own protocol.
sub devtools { my ($self, $command, %parameters) = @_; return $self->ask(POST => '/goog/cdp/execute', { cmd => $command, params => \%parameters }); }

sub size
{
	my ($self, $width, $height) = @_;
	return $self->devtools('Emulation.setDeviceMetricsOverride', width => $width + 0, height => $height + 0, deviceScaleFactor => 1,
		mobile => $width < 600 ? JSON::PP::true : JSON::PP::false);
}

# scheme(NAME): light or dark.
sub scheme
{
	my ($self, $name) = @_;
	return $self->devtools('Emulation.setEmulatedMedia', features => [ { name => 'prefers-color-scheme', value => $name } ]);
}

# screenshot(): of the whole page, as PNG.
sub screenshot
{
	my ($self) = @_;
	return MIME::Base64::decode_base64(
		$self->devtools('Page.captureScreenshot', format => 'png', captureBeyondViewport => JSON::PP::true)->{data});
}

# pdf(): the page as printed. chromedriver waits 10 seconds for that, which a busy machine may need.
sub pdf
{
	my ($self) = @_;
	foreach (1 .. 10)
	{
		my $pdf = eval { $self->ask(POST => '/print', { background => JSON::PP::true }) };
		return MIME::Base64::decode_base64($pdf) if defined $pdf;
		die $@ unless $@ =~ /timeout/;
	}
	die 'the page cannot be printed';
}

# console(): messages since the last call.
sub console { my ($self) = @_; return map { "$_->{level}: $_->{message}" } @{ $self->ask(POST => '/se/log', { type => 'browser' }) }; }

# requests(): the URLs that pages have asked for since the last call.
sub requests
{
	my ($self) = @_;
	return map { $_->{message}{params}{request}{url} } grep { $_->{message}{method} eq 'Network.requestWillBeSent' }
	  map { $json->decode($_->{message}) } @{ $self->ask(POST => '/se/log', { type => 'performance' }) };
}

# press(NAME): a key, by its WebDriver code point.
sub press
{
	my ($self, $key) = @_;
	return $self->ask(POST => '/actions', { actions => [ { type => 'key', id => 'keyboard',
		actions => [ { type => 'keyDown', value => $key }, { type => 'keyUp', value => $key } ] } ] });
}

sub stop
{
	my ($self) = @_;
	my $pid = delete $self->{pid} // return;
	eval { $self->ask(DELETE => '') } if $self->{session};
	kill('TERM', -$pid);
	kill('TERM', $pid);
	waitpid($pid, 0);
	return;
}

sub DESTROY { my ($self) = @_; local ($?, $@, $!); $self->stop; return; }

1;
